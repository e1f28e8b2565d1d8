import assert from 'node:assert/strict';
import type { Case, Cases, Server } from './client.ts';
import { failureOf } from './data.ts';

type Sdk = Server['sdk'];

const id = 'pr_000000000000000000000';
const messages = [{ role: 'user' as const, content: 'Where is my parcel?' }];
const trial = { project: 'experiments', experiment_id: 'exp_000000000000000000000', inputs: {} };
const evaluator = {
	name: 'polite',
	description: 'Whether it is polite.',
	arguments_type: 'target_free' as const,
	return_type: 'boolean' as const,
	type: 'python' as const,
	code: 'def evaluate(log): return True',
};
const evaluation = { config_id: 'config_000000000000000000000', evaluator_ids: ['evfn_0'], dataset_id: 'evts_0' };
const finetune = {
	name: 'replies',
	dataset_id: 'evts_0',
	config: { provider: 'openai' as const, base_model: 'gpt-4' },
};

/** The method must fail with a 501 that names the family and says what the server does not have. */
function notBuilt(family: RegExp, call: (sdk: Sdk) => Promise<unknown>): Case {
	return async ({ sdk }) => {
		const { status, detail } = await failureOf(call(sdk));
		assert.equal(status, 501);
		assert.equal(detail.code, 501);
		assert.equal(detail.type, 'not_implemented_error');
		assert.equal(detail.origin, 'Humanloop');
		assert.match(detail.message, family);
	};
}

function all(family: RegExp, calls: Record<string, (sdk: Sdk) => Promise<unknown>>): Cases {
	return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, notBuilt(family, call)]));
}

const experiments = all(/experiment/i, {
	'chats.createExperiment': (sdk) => sdk.chats.createExperiment({ ...trial, messages }),
	'completions.createExperiment': (sdk) => sdk.completions.createExperiment({ ...trial }),
	'experiments.create': (sdk) => sdk.experiments.create({ projectId: id, name: 'A or B', positive_labels: [] }),
	'experiments.delete': (sdk) => sdk.experiments.delete({ experimentId: 'exp_0' }),
	'experiments.list': (sdk) => sdk.experiments.list({ projectId: id }),
	'experiments.sample': (sdk) => sdk.experiments.sample({ experimentId: 'exp_0' }),
	'experiments.update': (sdk) => sdk.experiments.update({ experimentId: 'exp_0', name: 'B or A' }),
	'projects.deactivateExperiment': (sdk) => sdk.projects.deactivateExperiment({ id }),
	chatExperiment: (sdk) => sdk.chatExperiment({ ...trial, messages }),
	chatExperimentStream: (sdk) => sdk.chatExperimentStream({ ...trial, messages }),
	completeExperiment: (sdk) => sdk.completeExperiment({ ...trial }),
	completeExperimentStream: (sdk) => sdk.completeExperimentStream({ ...trial }),
});

const datasets = all(/dataset|datapoint/i, {
	'datapoints.delete': (sdk) => sdk.datapoints.delete(['evtc_0', 'evtc_1']),
	'datapoints.get': (sdk) => sdk.datapoints.get({ id: 'evtc_0' }),
	'datapoints.update': (sdk) => sdk.datapoints.update({ id: 'evtc_0', inputs: { ticket: 'x' } }),
	'datasets.create': (sdk) => sdk.datasets.create({ projectId: id, name: 'tickets', description: 'Old tickets.' }),
	'datasets.createDatapoint': (sdk) =>
		sdk.datasets.createDatapoint({ datasetId: 'evts_0', requestBody: [{ inputs: { ticket: 'x' } }] }),
	'datasets.delete': (sdk) => sdk.datasets.delete({ id: 'evts_0' }),
	'datasets.get': (sdk) => sdk.datasets.get({ id: 'evts_0' }),
	'datasets.listAllForProject': (sdk) => sdk.datasets.listAllForProject({ projectId: id }),
	'datasets.listDatapoints': (sdk) => sdk.datasets.listDatapoints({ datasetId: 'evts_0', page: 0, size: 10 }),
	'datasets.update': (sdk) => sdk.datasets.update({ id: 'evts_0', name: 'old tickets' }),
});

const evaluations = all(/evaluation/i, {
	'evaluations.create': (sdk) => sdk.evaluations.create({ projectId: id, ...evaluation }),
	'evaluations.get': (sdk) => sdk.evaluations.get({ id: 'ev_0', evaluatorAggregates: true }),
	'evaluations.listAllForProject': (sdk) => sdk.evaluations.listAllForProject({ projectId: id }),
	'evaluations.listDatapoints': (sdk) => sdk.evaluations.listDatapoints({ id: 'ev_0', page: 1 }),
	'evaluations.logResult': (sdk) =>
		sdk.evaluations.logResult({ evaluationRunExternalId: 'ev_0', log_id: 'data_0', evaluator_id: 'evfn_0' }),
	'evaluations.updateStatus': (sdk) => sdk.evaluations.updateStatus({ id: 'ev_0', status: 'completed' }),
});

const evaluators = all(/evaluat/i, {
	'evaluators.create': (sdk) => sdk.evaluators.create(evaluator),
	'evaluators.delete': (sdk) => sdk.evaluators.delete({ id: 'evfn_0' }),
	'evaluators.get': (sdk) => sdk.evaluators.get({ id: 'evfn_0' }),
	'evaluators.list': (sdk) => sdk.evaluators.list(),
	'evaluators.update': (sdk) => sdk.evaluators.update({ id: 'evfn_0', name: 'rude' }),
});

const finetunes = all(/fine-?tun/i, {
	'finetunes.create': (sdk) => sdk.finetunes.create({ projectId: id, ...finetune }),
	'finetunes.listAllForProject': (sdk) => sdk.finetunes.listAllForProject({ projectId: id }),
	'finetunes.summary': (sdk) => sdk.finetunes.summary({ projectId: id, ...finetune }),
	'finetunes.update': (sdk) => sdk.finetunes.update({ projectId: id, id: 'ft_0', name: 'x' }),
});

/** The specification says that this operation has been taken out of service. */
const decommissioned = all(/feedback/i, {
	'projects.updateFeedbackTypes': (sdk) =>
		sdk.projects.updateFeedbackTypes({ id, requestBody: [{ type: 'tone', class: 'text' }] }),
});

export const notBuiltCases: Cases = {
	...experiments,
	...datasets,
	...evaluations,
	...evaluators,
	...finetunes,
	...decommissioned,
};
