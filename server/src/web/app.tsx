import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { navigate } from 'wouter/use-browser-location';

import { ApiError, onSignedOut } from './api/client.ts';
import { forgetList } from './shared/lastList.ts';
import { routes } from './routes.tsx';
import { ErrorBoundary } from './shared/ErrorBoundary.tsx';
import { Layout } from './shared/Layout.tsx';
import { NotFound } from './shared/NotFound.tsx';
import { Loading } from './shared/states.tsx';
import { signInPath } from './signIn/path.ts';
import { cssVariables, theme } from './theme.ts';

const queryClient = new QueryClient({
	defaultOptions: {
		queries: {
			staleTime: 5_000,
			// An error that names what is wrong does not go away by asking again.
			retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status < 500),
		},
	},
});

onSignedOut(() => {
	if (location.pathname === '/sign-in') return;
	queryClient.clear();
	forgetList();
	navigate(signInPath(location.pathname + location.search), { replace: true });
});

/** The page: the frame around it, and what the address says is in it. */
export function App() {
	return (
		<QueryClientProvider client={queryClient}>
			<MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
				<Notifications position="bottom-right" />
				<Layout>
					<ErrorBoundary>
						<Suspense fallback={<Loading />}>
							<Switch>
								{routes.map(({ path, page }) => (
									<Route key={path} path={path} component={page} />
								))}
								<Route component={NotFound} />
							</Switch>
						</Suspense>
					</ErrorBoundary>
				</Layout>
			</MantineProvider>
		</QueryClientProvider>
	);
}
