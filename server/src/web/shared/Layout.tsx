import { Menu, Text, UnstyledButton } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import ChevronDown from 'lucide-react/icons/chevron-down';
import CircleUser from 'lucide-react/icons/circle-user';
import LogOut from 'lucide-react/icons/log-out';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';

import { sessionQuery, signOut } from '../api/session.ts';
import { forgetList } from './lastList.ts';
import { ColorSchemeSwitch } from './ColorSchemeSwitch.tsx';
import { keyLabel } from './keyLabel.ts';
import classes from './Layout.module.css';
import { navigation } from './navigation.ts';

function Navigation() {
	const [path] = useLocation();
	return (
		<nav aria-label="Main" className={classes.navigation}>
			{navigation.map(({ href, label }) => {
				const isCurrent = path === href || path.startsWith(`${href}/`) || (path === '/' && href === '/projects');
				return (
					<Link key={href} href={href} className={classes.link} {...(isCurrent ? { 'aria-current': 'page' } : {})}>
						{label}
					</Link>
				);
			})}
		</nav>
	);
}

/** Who is signed in, and the way out. */
function Account() {
	const { data } = useQuery(sessionQuery);
	const queryClient = useQueryClient();
	const [, navigate] = useLocation();
	const { mutate } = useMutation({
		mutationFn: signOut,
		onSuccess: () => {
			navigate('/sign-in');
			queryClient.clear();
			forgetList();
		},
	});
	if (!data) return null;
	return (
		<Menu position="bottom-end">
			<Menu.Target>
				<UnstyledButton className={classes.account} aria-label={`Signed in as ${keyLabel(data.name)}`}>
					<CircleUser size={16} aria-hidden />
					<span className={classes.name}>{keyLabel(data.name)}</span>
					<ChevronDown size={14} aria-hidden />
				</UnstyledButton>
			</Menu.Target>
			<Menu.Dropdown>
				<div className={classes.who}>
					<Text fw={600}>{keyLabel(data.name)}</Text>
					<Text size="sm" c="dimmed">
						API key with the role {data.role}
					</Text>
				</div>
				<Menu.Divider />
				<Menu.Item leftSection={<LogOut size={16} aria-hidden />} onClick={() => mutate()}>
					Sign out
				</Menu.Item>
			</Menu.Dropdown>
		</Menu>
	);
}

/** The frame of every page: header with navigation, and the page itself. */
export function Layout({ children }: { children: ReactNode }) {
	const [path] = useLocation();
	const isSignIn = path === '/sign-in';
	return (
		<>
			<a href="#main" className={classes.skip}>
				Skip to the content
			</a>
			<header className={classes.header}>
				<div className={classes.bar}>
					<Link href="/" className={classes.brand}>
						humanloop-server
					</Link>
					{!isSignIn && <Navigation />}
					<div className={classes.right}>
						<ColorSchemeSwitch />
						{!isSignIn && <Account />}
					</div>
				</div>
			</header>
			<main id="main" tabIndex={-1} className={classes.main}>
				{children}
			</main>
		</>
	);
}
