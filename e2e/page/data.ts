import assert from 'node:assert/strict';
import type { AxiosInstance } from 'axios';

/** The message that the stand-in for OpenAI refuses. */
export const refused = 'Refuse this.';

/** A project with the IDs of its versions, oldest first. */
interface Project {
	id: string;
	name: string;
	versions: { id: string; name: string }[];
}

/** What all checks of the page can use. A check that changes something makes a project of its own. */
export interface Data {
	/** A completion prompt with three versions, logs, feedback, and two environments with different versions. */
	triage: Project;
	/** A chat prompt that runs on the stand-in for OpenAI, so its calls have a cost. */
	answers: Project;
	/** IDs of logs of triage, newest first. */
	triageLogs: string[];
	/** The log of a call that failed. */
	failedLog: string;
	/** A session with nested logs. */
	session: string;
}

/** Stores a version of a prompt, and makes its project if it is new. */
export async function storeVersion(
	api: AxiosInstance,
	project: string,
	config: Record<string, unknown>,
): Promise<{ projectId: string; id: string; name: string }> {
	const { data } = await api.post<{ project_id: string; config: { id: string; name: string } }>('/model-configs', {
		project,
		...config,
	});
	return { projectId: data.project_id, id: data.config.id, name: data.config.name };
}

const tickets = [
	'I was charged twice for October. Please refund one of the payments.',
	'The app closes by itself whenever I open the calendar on my phone.',
	'How do I add a colleague to our team?',
	'<script>alert("not a script")</script> **Is this shown as it is?**',
	'Wo finde ich meine Rechnung? Ich brauche sie für die Steuer.\nDanke!',
	`A long one. ${'I have tried everything that your help pages say. '.repeat(80)}`,
];

const mock = { replies: [{ when: { ticket: 'charged' }, reply: 'billing' }], otherwise: 'technical' };
const triageConfig = { provider: 'mock', model: 'mock-1', other: { humanloop_server: { mock } } };

async function fillTriage(api: AxiosInstance): Promise<{ triage: Project; logs: string[] }> {
	const name = 'support/triage';
	const templates = [
		'Which team handles this ticket?\n\n{{ticket}}',
		'Which team handles this ticket: billing, technical or sales?\n\n{{ticket}}',
		'You sort tickets of {{company}}.\nAnswer with one word: billing, technical or sales.\n\nTicket:\n{{ticket}}',
	];
	const stored: Awaited<ReturnType<typeof storeVersion>>[] = [];
	for (const [index, prompt_template] of templates.entries()) {
		const temperature = [1, 0.7, 0][index]!;
		const description = ['First try', 'Names the teams', 'One word only, and knows the company'][index]!;
		stored.push(
			await storeVersion(api, name, {
				...triageConfig,
				...{ name: `triage v${index + 1}`, description, prompt_template, temperature, max_tokens: 20 + index },
			}),
		);
	}
	const triage = { id: stored[0]!.projectId, name, versions: stored };
	const { data: environment } = await api.post<{ id: string }>('/environments', { name: 'staging' });
	await api.patch(`/projects/${triage.id}/deploy-config`, { config_id: stored[1]!.id });
	await api.patch(`/projects/${triage.id}/deploy-config`, {
		config_id: stored[2]!.id,
		environments: [{ id: environment.id }],
	});
	const logs: string[] = [];
	for (const [index, ticket] of tickets.entries()) {
		const { data } = await api.post<{ data: { id: string }[] }>('/completion-model-config', {
			...{ model_config_id: stored[index % 3]!.id, project: name, inputs: { ticket, company: 'Acme' } },
			...{ num_samples: index === 0 ? 2 : 1, source: 'e2e', metadata: { row: index } },
		});
		logs.unshift(...data.data.map(({ id }) => id));
	}
	await api.post('/feedback', [
		{ type: 'rating', value: 'good', data_id: logs[0]!, user: 'Ada' },
		{ type: 'rating', value: 'bad', data_id: logs[1]!, user: 'Ada' },
		{ type: 'comment', value: 'This belongs to billing.', data_id: logs[1]!, user: 'Ada' },
	]);
	return { triage, logs };
}

async function fillAnswers(api: AxiosInstance): Promise<Project> {
	const name = 'support/answers';
	const version = await storeVersion(api, name, {
		...{ name: 'answers v1', endpoint: 'chat', provider: 'openai', model: 'gpt-4o-mini', temperature: 0.4 },
		chat_template: [
			{ role: 'system', content: 'You answer customers of {{company}}. You are {{tone}}.' },
			{ role: 'user', content: 'My name is {{name}}.' },
		],
	});
	const inputs = { company: 'Acme', tone: 'kind', name: 'Zoë' };
	for (const content of ['Where is my parcel?', 'Can I pay by invoice?']) {
		await api.post('/chat-model-config', {
			project: name,
			model_config_id: version.id,
			inputs,
			messages: [{ role: 'user', content }],
		});
	}
	return { id: version.projectId, name, versions: [version] };
}

/** A call that the provider refuses. */
async function fillFailure(api: AxiosInstance, { id: project_id, versions }: Project): Promise<string> {
	const { status } = await api.post(
		'/chat-model-config',
		{
			project_id,
			model_config_id: versions[0]!.id,
			inputs: { company: 'Acme', tone: 'kind', name: 'Zoë' },
			messages: [{ role: 'user', content: refused }],
		},
		{ validateStatus: null },
	);
	assert.equal(status, 400, 'the call that the stand-in refuses');
	const { data } = await api.get<{ records: { id: string; error: string | null }[] }>('/logs', {
		params: { project_id },
	});
	return data.records.find(({ error }) => error !== null)!.id;
}

/** A session in which one call has others below it. */
async function fillSession(api: AxiosInstance, { id: project_id, versions }: Project): Promise<string> {
	const session_reference_id = 'conversation-1';
	const log = async (values: Record<string, unknown>) => {
		const entry = { project_id, session_reference_id, config_id: versions[0]!.id, ...values };
		return (await api.post<{ id: string; session_id: string }>('/logs', entry)).data;
	};
	const start = Date.now() - 3_600_000;
	const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
	const root = await log({ inputs: { ticket: 'Plan' }, output: 'planned', created_at: at(0), duration: 4 });
	const child = await log({
		...{ inputs: { ticket: 'Search' }, output: 'found', created_at: at(0.5), duration: 1.5, parent_id: root.id },
	});
	await log({ inputs: { ticket: 'Read' }, output: 'read', created_at: at(0.8), duration: 1, parent_id: child.id });
	await log({ inputs: { ticket: 'Write' }, output: 'written', created_at: at(2.2), duration: 1.7, parent_id: root.id });
	return root.session_id;
}

/** Fills an empty server. */
export async function fill(api: AxiosInstance): Promise<Data> {
	const { triage, logs } = await fillTriage(api);
	const answers = await fillAnswers(api);
	const failedLog = await fillFailure(api, answers);
	const session = await fillSession(api, triage);
	return { triage, answers, triageLogs: logs, failedLog, session };
}
