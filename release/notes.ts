import { sectionOf } from './changelog.ts';
import { integrityOf } from './checksums.ts';
import { readPackages, readText, tarballOf, type Package } from './packages.ts';

/*
 * `npm run --silent release:notes`: prints the notes of a release: what changed, how to install it, and what n8n and
 * cosign need to check it. IMAGE is the image with its digest.
 */

const {
	IMAGE: image = '',
	GITHUB_SERVER_URL: host = 'https://github.com',
	GITHUB_WORKFLOW_REF: workflow,
} = process.env;

const [node, server] = readPackages() as [Package, Package];
const changes = sectionOf(readText('CHANGELOG.md'), node.version);
if (!changes) throw new Error(`CHANGELOG.md has no section "${node.version}".`);

const fenced = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\``;
const listed = [{ name: node.name, version: node.version, checksum: integrityOf(tarballOf(node)) }];
const checksums = [node, server].map((each) => `${integrityOf(tarballOf(each))}  ${each.name}@${each.version}`);

const parts = [
	changes,
	'## Install the node',
	[
		`In n8n, open Settings → Community nodes → Install, and enter \`${node.name}@${node.version}\`.`,
		'From n8n 2.21 on, you can list it in variables instead.',
		'At each start, n8n then installs what is listed, and removes every other community node:',
	].join(' '),
	fenced('sh', `N8N_COMMUNITY_PACKAGES_MANAGED_BY_ENV=true\nN8N_COMMUNITY_PACKAGES='${JSON.stringify(listed)}'`),
	'## Start the server',
	fenced('sh', `npx ${server.name}@${server.version}`),
];
if (image) {
	const [, digest] = image.split('@');
	if (!/^sha256:[0-9a-f]{64}$/.test(digest ?? '')) throw new Error(`IMAGE has no digest: ${image}`);
	parts.push(
		`Or the image \`${image}\`. It is signed, and has an SBOM and its provenance. Check the signature before you use it:`,
		fenced(
			'sh',
			[
				`cosign verify ${image} \\`,
				`  --certificate-identity ${host}/${workflow} \\`,
				'  --certificate-oidc-issuer https://token.actions.githubusercontent.com',
			].join('\n'),
		),
	);
}
parts.push(
	'## Checksums',
	'As npm has them in `dist.integrity`. `npm audit signatures` checks where the packages were built.',
	fenced('', checksums.join('\n')),
);
console.log(parts.join('\n\n'));
