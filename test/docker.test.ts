import { readdirSync, readFileSync, statSync } from 'node:fs';
import { parse } from 'yaml';

import { readCompose, readEnvFile, type ComposeFile } from '../e2e/compose.ts';
import { environmentOf, execForm, isIgnored, last, readStages } from '../e2e/image/dockerfile.ts';
import { n8nVersion } from '../n8n/install.ts';

/** The container files agree with each other and with the server. What runs them is in e2e/image.ts and e2e/replicas.ts. */
const text = (file: string) => readFileSync(file, 'utf8');
const stages = readStages(text('Dockerfile'));
const server = stages.at(-1)!;
const example = readEnvFile('docker/.env.example');
const required = Object.entries(example)
	.filter(([name, value]) => value === '' && !['OPENAI_API_KEY', 'METRICS_TOKEN'].includes(name))
	.map(([name]) => name);
const filled = { ...example, ...Object.fromEntries(required.map((name) => [name, `value-of-${name}`])) };
const compose = (variables = filled): ComposeFile => readCompose('docker/compose.yaml', variables);
const servers = Object.entries(compose().services).filter(([name]) => /^humanloop-\d$/.test(name));
const nginx = text('docker/nginx.conf');

describe('Dockerfile', () => {
	test('the images have the versions that are tested', () => {
		const { devDependencies } = JSON.parse(text('package.json')) as { devDependencies: { node: string } };
		const images = stages.map(({ image }) => image);
		expect(new Set(images)).toEqual(
			new Set([`node:${devDependencies.node}-bookworm-slim`, `docker.n8n.io/n8nio/n8n:${n8nVersion}`]),
		);
	});

	test('the server is the last stage, runs without root, and starts Node.js itself', () => {
		expect(server.name).toBe('server');
		expect(last(server, 'USER')).toBe('node');
		const { bin } = JSON.parse(text('server/package.json')) as { bin: Record<string, string> };
		expect(execForm(last(server, 'ENTRYPOINT')!)).toEqual(['node', `server/${bin['humanloop-server']}`]);
		expect(execForm(last(server, 'CMD')!)).toEqual(['start']);
		expect(last(server, 'STOPSIGNAL')).toBe('SIGTERM');
		expect(environmentOf(server).DATA_DIR).toBe(last(server, 'VOLUME'));
		expect(environmentOf(server).PORT).toBe(last(server, 'EXPOSE'));
	});

	test('the server needs no package for one platform: its image for another one is not built there', () => {
		const { packages } = JSON.parse(text('package-lock.json')) as {
			packages: Record<string, { dev?: boolean; devOptional?: boolean; os?: string[]; cpu?: string[] }>;
		};
		const shipped = Object.entries(packages).filter(([, { dev, devOptional }]) => !dev && !devOptional);
		expect(shipped.length).toBeGreaterThan(100);
		expect(shipped.filter(([, { os, cpu }]) => os ?? cpu).map(([name]) => name)).toEqual([]);
		expect(text('Dockerfile').match(/^FROM --platform=\$BUILDPLATFORM /gm)).toHaveLength(2);
	});

	test('no secret comes from the Dockerfile', () => {
		for (const { name, instructions } of stages)
			for (const { name: kind, text: words } of instructions)
				if (kind === 'ENV' || kind === 'ARG')
					expect([name, words]).toEqual([name, expect.not.stringMatching(/KEY|PASSWORD|TOKEN|SECRET/i)]);
	});

	test('.dockerignore lets in what is copied, and keeps out data, keys and tests', () => {
		const ignore = text('.dockerignore');
		for (const { instructions } of stages)
			for (const { name, text: words } of instructions) {
				if (name !== 'COPY' || words.includes('--from=')) continue;
				for (const source of words.split(/\s+/).slice(0, -1)) {
					expect(() => statSync(source)).not.toThrow();
					expect([source, isIgnored(ignore, source)]).toEqual([source, false]);
				}
			}
		for (const path of [
			'.data/humanloop.db',
			'.git/config',
			'docker/.env',
			'.env',
			'server/.env',
			'server/test/setup.ts',
			'node_modules/x',
			'server/node_modules/x',
			'server/dist/x',
			'server/.data/x',
		])
			expect([path, isIgnored(ignore, path)]).toEqual([path, true]);
	});
});

describe('compose.yaml', () => {
	test.each(required)('without %s it does not start, and says so', (name) => {
		expect(() => compose({ ...filled, [name]: '' })).toThrow(`Set ${name} in docker/.env`);
	});

	test('the example names all variables of the file, and none is without use', () => {
		const used = [...text('docker/compose.yaml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name!);
		expect([...new Set(used)].sort()).toEqual(Object.keys(example).sort());
	});

	test('every secret comes from a variable', () => {
		const withoutVariables = text('docker/compose.yaml').replace(/\$\{[^}]*\}/g, '');
		for (const [, value] of withoutVariables.matchAll(/^\s+\w*(?:_KEY|_PASSWORD|_URL):(.*)$/gm))
			expect(value).not.toMatch(/\w+:[^/@]+@|^ *\w+ *$/);
	});

	test('there are three equal servers, read-only and without privileges, of the target "server"', () => {
		expect(servers).toHaveLength(3);
		for (const [, service] of servers) {
			expect(service).toEqual(servers[0]![1]);
			expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], build: { target: 'server' } });
			expect(service.environment!.PORT).toBe(last(server, 'EXPOSE'));
		}
	});

	test('ports are published on the loopback address only', () => {
		for (const { ports = [] } of Object.values(compose().services))
			for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
	});

	test('every service has a health check, and whatever others wait for exists', () => {
		const { services, networks } = compose();
		const image = last(server, 'HEALTHCHECK');
		for (const [name, { build, healthcheck, depends_on = {}, networks: own = [] }] of Object.entries(services)) {
			expect([name, Boolean(healthcheck) || (build?.target === 'server' && Boolean(image))]).toEqual([name, true]);
			for (const [other, { condition }] of Object.entries(depends_on)) {
				expect(services).toHaveProperty(other);
				expect(condition).toBe('service_healthy');
			}
			for (const network of own) expect(networks).toHaveProperty(network);
		}
	});

	test('what is mounted from here is here', () => {
		const mounts = Object.values(compose().services).flatMap(({ volumes = [] }) => volumes);
		const files = mounts.filter((mount) => mount.startsWith('./')).map((mount) => mount.split(':')[0]!.slice(2));
		expect(files.sort()).toEqual(
			readdirSync('docker')
				.filter((file) => /\.(conf|sh)$/.test(file))
				.sort(),
		);
		expect(statSync('docker/databases.sh').mode & 0o111).toBe(0o111);
	});

	test('the service that docs/docker.md adds to other Compose files is one of these servers, on SQLite', () => {
		const [, example = ''] = /^```yaml\n(services:.*?)^```$/ms.exec(text('docs/docker.md')) ?? [];
		const { services, volumes } = parse(example) as ComposeFile;
		const { environment, ports, ...own } = services.humanloop!;
		const { stop_grace_period, read_only, cap_drop } = servers[0]![1];
		expect(own).toMatchObject({ stop_grace_period, read_only, cap_drop });
		expect(own.volumes).toEqual([`${Object.keys(volumes)[0]}:${last(server, 'VOLUME')}`]);
		expect(ports).toEqual([`127.0.0.1:8400:${last(server, 'EXPOSE')}`]);
		expect(Object.keys(environment!).filter((name) => !(name in servers[0]![1].environment!))).toEqual([]);
	});

	test('n8n and its worker have the same settings', () => {
		const { n8n, 'n8n-worker': worker } = compose().services;
		expect(worker!.environment).toEqual(n8n!.environment);
		expect(worker!.command).toEqual(['worker']);
	});
});

describe('nginx.conf', () => {
	const seconds = (name: string) => Number(new RegExp(`\\s${name} (\\d+)s;`).exec(nginx)?.[1]);

	test('it knows the servers of the Compose file', () => {
		const named = [...nginx.matchAll(/^\s+server (humanloop-\d:\d+)/gm)].map(([, host]) => host);
		expect(named).toEqual(servers.map(([name, { environment }]) => `${name}:${environment!.PORT}`));
		expect(nginx).toContain('listen 8400;');
	});

	test('it waits longer than the server waits for a provider, and is stopped no earlier', () => {
		const table = text('docs/settings.md');
		const timeout = Number(/\| `PROVIDER_TIMEOUT_MS` \| `(\d+)`/.exec(table)![1]) / 1000;
		expect(seconds('proxy_read_timeout')).toBeGreaterThan(timeout);
		expect(seconds('proxy_send_timeout')).toBeGreaterThan(timeout);
		const { services } = compose();
		for (const name of ['humanloop', ...servers.map(([each]) => each)])
			expect([name, services[name]!.stop_grace_period]).toEqual([name, `${seconds('proxy_read_timeout') / 60}m`]);
	});

	test('it chooses by the Idempotency-Key, and holds nothing back', () => {
		expect(nginx).toMatch(/map \$http_idempotency_key \$balance_key/);
		expect(nginx).toMatch(/hash \$balance_key consistent;/);
		expect(nginx).toMatch(/\sproxy_buffering off;/);
		expect(nginx).toMatch(/\sproxy_request_buffering off;/);
	});
});
