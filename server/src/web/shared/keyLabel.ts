/** What the API calls the key that is set where the server runs. It is in no list of keys. */
export const environmentKey = 'HUMANLOOP_API_KEY';

/** How people read the name of a key. Many sign in with the server's own and have never seen the setting that it is in. */
export const keyLabel = (name: string) => (name === environmentKey ? 'Server key' : name);
