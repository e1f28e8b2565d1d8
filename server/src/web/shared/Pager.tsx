import { Group, Text } from '@mantine/core';
import { useSearchParams } from 'wouter';

import { formatCount } from './figures.tsx';
import { TextLink } from './TextLink.tsx';

interface PagerProps {
	/** The page that is shown, from 0. */
	page: number;
	size: number;
	total: number;
	/** What is listed: "projects". */
	of: string;
}

/** Reads the page, from 0, from the address, where the first one is 1. */
export function pageOf(parameters: URLSearchParams): number {
	const page = Number(parameters.get('page') ?? 1);
	return Number.isSafeInteger(page) && page > 0 ? page - 1 : 0;
}

/** Links to the page before and after. */
export function Pager({ page, size, total, of }: PagerProps) {
	const [parameters] = useSearchParams();
	const pageLink = (to: number) => {
		const target = new URLSearchParams(parameters);
		target.delete('page');
		if (to > 0) target.set('page', String(to + 1));
		return `${location.pathname}?${target.toString()}`;
	};
	if (total <= size && page === 0) return null;
	const first = page * size + 1;
	const last = Math.min(total, first + size - 1);
	return (
		<Group component="nav" aria-label="Pages" mt="md" gap="lg">
			<Text size="sm" c="dimmed">
				{first > total ? `No more ${of}` : `${formatCount(first)}–${formatCount(last)} of ${formatCount(total)} ${of}`}
			</Text>
			{page > 0 && <TextLink href={pageLink(page - 1)}>Previous</TextLink>}
			{last < total && <TextLink href={pageLink(page + 1)}>Next</TextLink>}
		</Group>
	);
}
