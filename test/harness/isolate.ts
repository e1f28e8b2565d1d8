import { mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';

// n8n-core writes a settings file below the user folder as soon as a workflow runs, and refuses a
// key that differs from the one in there: keep it away from a real n8n of the same user.
for (const name of Object.keys(process.env)) {
	if (name.startsWith('N8N_')) delete process.env[name];
}
process.env.N8N_USER_FOLDER = path.join(tmpdir(), `n8n-nodes-humanloop-${userInfo().username}`);
mkdirSync(process.env.N8N_USER_FOLDER, { recursive: true });
process.env.N8N_LOG_LEVEL = 'silent';
