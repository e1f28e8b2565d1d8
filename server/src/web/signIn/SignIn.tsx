import { Anchor, Button, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useLocation, useSearchParams } from 'wouter';

import { sessionQuery, signIn } from '../api/session.ts';
import { useTitle } from '../shared/useTitle.ts';
import { nextPath } from './path.ts';
import classes from './SignIn.module.css';

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

	return (
		<div className={classes.page}>
			<Title order={1}>Sign in</Title>
			<Text c="dimmed" mt="xs">
				Your API key decides what you can see and change here.
			</Text>
			<form
				onSubmit={(event) => {
					event.preventDefault();
					mutate(input.current!.value.trim());
				}}
			>
				<Stack mt="xl" gap="md">
					<PasswordInput
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
				The server printed a key when it started for the first time, and <code>npm start</code> says where it is.
				Otherwise ask somebody with the role <em>admin</em> for one. Programs use the same keys:{' '}
				<Anchor href="/docs" inherit underline="always">
					the API’s documentation
				</Anchor>
				.
			</Text>
		</div>
	);
}
