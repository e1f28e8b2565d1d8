import { ActionIcon, Menu, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import Check from 'lucide-react/icons/check';
import Monitor from 'lucide-react/icons/monitor';
import Moon from 'lucide-react/icons/moon';
import Sun from 'lucide-react/icons/sun';

const schemes: { value: MantineColorScheme; label: string; Icon: typeof Sun }[] = [
	{ value: 'auto', label: 'As the system', Icon: Monitor },
	{ value: 'light', label: 'Light', Icon: Sun },
	{ value: 'dark', label: 'Dark', Icon: Moon },
];

/** Chooses light, dark, or the scheme of the system. The browser keeps it. */
export function ColorSchemeSwitch() {
	const { colorScheme, setColorScheme } = useMantineColorScheme();
	const { Icon } = schemes.find(({ value }) => value === colorScheme) ?? schemes[0]!;
	return (
		<Menu position="bottom-end">
			<Menu.Target>
				<ActionIcon variant="subtle" color="gray" aria-label="Colors">
					<Icon size={16} aria-hidden />
				</ActionIcon>
			</Menu.Target>
			<Menu.Dropdown>
				{schemes.map(({ value, label, Icon }) => (
					<Menu.Item
						key={value}
						role="menuitemradio"
						aria-checked={value === colorScheme}
						leftSection={<Icon size={16} aria-hidden />}
						rightSection={value === colorScheme ? <Check size={16} aria-hidden /> : undefined}
						onClick={() => setColorScheme(value)}
					>
						{label}
					</Menu.Item>
				))}
			</Menu.Dropdown>
		</Menu>
	);
}
