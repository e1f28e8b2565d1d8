import { Anchor, Button, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';

import { ApiError } from '../api/client.ts';
import { sessionQuery, signIn } from '../api/session.ts';
import { ErrorState, Loading } from '../shared/states.tsx';
import { useTitle } from '../shared/useTitle.ts';
import { hasCode, nextPath, takeCode } from './path.ts';
import classes from './SignIn.module.css';

/** What is known of the link that has led here. */
interface Link {
	/** Whether it is still being found out who is signed in. */
	isChecking: boolean;
	/** Why that cannot be found out, and how to try again. */
	problem?: { error: unknown; retry: () => void };
}

/**
 * Signs in with the code of the link that has led here, if there is one. Whoever is signed in already stays so: the link can
 * be opened again, and a link from somebody else signs nobody out.
 */
function useLink(use: (code: string) => void): Link {
	const [link, setLink] = useState<Link>(() => ({ isChecking: hasCode() }));
	const [, navigate] = useLocation();
	const [parameters] = useSearchParams();
	const queryClient = useQueryClient();
	const check = async (code: string) => {
		setLink({ isChecking: true });
		try {
			await queryClient.fetchQuery(sessionQuery);
			navigate(nextPath(parameters), { replace: true });
		} catch (error) {
			// A server that is busy or cannot be reached does not say that nobody is signed in.
			const isSignedOut = error instanceof ApiError && error.isSignedOut;
			setLink({
				isChecking: false,
				...(isSignedOut ? {} : { problem: { error, retry: () => void check(code) } }),
			});
			if (isSignedOut) use(code);
		}
	};
	useEffect(() => {
		const code = takeCode();
		if (code !== undefined) void check(code);
		// The link was opened in the tab that shows this page.
		const reload = () => location.reload();
		window.addEventListener('hashchange', reload);
		return () => window.removeEventListener('hashchange', reload);
		// Once: a code can be used only once.
	}, []);
	return link;
}

export default function SignIn() {
	useTitle('Sign in');
	const [, navigate] = useLocation();
	const [parameters] = useSearchParams();
	const queryClient = useQueryClient();
	const input = useRef<HTMLInputElement>(null);
	const { mutate, isPending, error } = useMutation({
		mutationFn: signIn,
		onSuccess: (session) => {
			queryClient.setQueryData(sessionQuery.queryKey, session);
			navigate(nextPath(parameters), { replace: true });
		},
		onError: () => input.current?.select(),
	});
	const { isChecking, problem } = useLink((code) => mutate({ code }));
	if (isChecking) return <Loading rows={3} />;
	if (problem) {
		return (
			<div className={classes.page}>
				<Title order={1}>Sign in</Title>
				<ErrorState {...problem} />
			</div>
		);
	}

	return (
		<div className={classes.page}>
			<Title order={1}>Sign in</Title>
			<Text c="dimmed" mt="xs">
				Your API key decides what you can see and change here.
			</Text>
			<form
				onSubmit={(event) => {
					event.preventDefault();
					mutate({ api_key: input.current!.value.trim() });
				}}
			>
				<Stack mt="xl" gap="md">
					<TextInput
						type="password"
						ref={input}
						name="api_key"
						label="API key"
						placeholder="hl_sk_…"
						autoComplete="current-password"
						autoFocus
						required
						withAsterisk={false}
						error={error?.message}
						size="md"
					/>
					<Button type="submit" loading={isPending} size="md">
						Sign in
					</Button>
				</Stack>
			</form>
			<Text size="sm" c="dimmed" mt="xl">
				The server printed a key when it started for the first time. <code>npm start</code> prints a link that signs you
				in, and says where the key is. Otherwise ask somebody with the role <em>admin</em> for a key. Programs use the
				same keys:{' '}
				<Anchor href="/docs" inherit underline="always">
					the API’s documentation
				</Anchor>
				.
			</Text>
		</div>
	);
}
