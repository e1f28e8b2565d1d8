import { PageHeader } from './PageHeader.tsx';
import { Empty } from './states.tsx';
import { TextLink } from './TextLink.tsx';

export function NotFound() {
	return (
		<>
			<PageHeader title="There is no such page" />
			<Empty>
				Check the address, or go to the <TextLink href="/projects">projects</TextLink>.
			</Empty>
		</>
	);
}
