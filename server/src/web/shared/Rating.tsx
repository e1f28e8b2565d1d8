import { ActionIcon, Group, Tooltip } from '@mantine/core';
import ThumbsDown from 'lucide-react/icons/thumbs-down';
import ThumbsUp from 'lucide-react/icons/thumbs-up';

const ratings = [
	{ value: 'good', label: 'Good', color: 'green', Icon: ThumbsUp },
	{ value: 'bad', label: 'Bad', color: 'red', Icon: ThumbsDown },
] as const;

export type RatingValue = (typeof ratings)[number]['value'];

interface RatingProps {
	/** The rating so far. Other labels than these two have no button. */
	value: string | null | undefined;
	/** Gets the new rating, or null if the rating so far was chosen again and is to be removed. */
	onChange: (value: RatingValue | null) => void;
	/** What is rated: "Rating of the left answer". */
	label: string;
	disabled?: boolean;
}

/** Two buttons to say whether an answer is good or bad: feedback of the type `rating`. */
export function Rating({ value, onChange, label, disabled = false }: RatingProps) {
	return (
		<Group gap={4} role="group" aria-label={label} wrap="nowrap">
			{ratings.map(({ value: own, label: name, color, Icon }) => {
				const isChosen = value === own;
				return (
					<Tooltip key={own} label={isChosen ? `${name}: remove` : name}>
						<ActionIcon
							variant={isChosen ? 'light' : 'subtle'}
							color={isChosen ? color : 'gray'}
							aria-label={name}
							aria-pressed={isChosen}
							disabled={disabled}
							onClick={() => onChange(isChosen ? null : own)}
						>
							<Icon size={16} aria-hidden />
						</ActionIcon>
					</Tooltip>
				);
			})}
		</Group>
	);
}
