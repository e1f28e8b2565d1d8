import { type Static, Type } from 'typebox';
import { Body, Name, Nullable, Opt, BodyWithParameters, Time } from './fields.ts';
import { pagingFields } from './lists.ts';
import { ProjectConfigResponse } from './modelConfigs.ts';

export const CreateEnvironmentRequest = Body(
	{ name: Name({ minLength: 1, description: 'Name of the environment, which calls give. It must be a new one.' }) },
	{ title: 'CreateEnvironmentRequest', description: 'A place to deploy configs to.' },
);

export const EnvironmentResponse = Type.Object(
	{
		id: Type.String(),
		name: Type.String(),
		tag: Type.String({ description: '`default` for the environment of calls that name none, else `other`.' }),
	},
	{ title: 'EnvironmentResponse' },
);

/** The query of a route that is about one environment. */
export const EnvironmentQuery = Type.Object(
	{ environment: Type.Optional(Type.String({ description: 'Name of the environment. Default: the default one.' })) },
	{ additionalProperties: false },
);

export const DeployConfigRequest = BodyWithParameters(
	['projectId'],
	{
		config_id: Name({ description: 'A config of the project.' }),
		environments: Opt(
			Type.Array(
				Type.Object(
					{ id: Name({ description: 'ID of the environment.' }), name: Opt(Type.String()) },
					{ title: 'EnvironmentRequest' },
				),
				{ minItems: 1, maxItems: 100, description: 'Where to deploy it. Default: in the default environment.' },
			),
		),
	},
	{ title: 'EnvironmentProjectConfigRequest', description: 'Which config to deploy, and in which environments.' },
);

export const ProjectById = Type.Object({ project_id: Type.String() });

export const DeployedConfigById = Type.Object({ project_id: Type.String(), environment_id: Type.String() });

/** An environment, and what is deployed there. */
export const EnvironmentConfigResponse = Type.Object(
	{
		project_id: Type.String(),
		project_name: Type.String(),
		model_config_id: Nullable(Type.String({ description: 'null: nothing is deployed there.' })),
		model_config_name: Nullable(Type.String()),
		environment_id: Type.String(),
		environment_name: Type.String(),
		environment_tag: Type.String({ description: 'default or other.' }),
	},
	{ title: 'EnvironmentProjectConfigResponse' },
);
export type EnvironmentConfigResponse = Static<typeof EnvironmentConfigResponse>;

export const ActiveConfigResponse = Type.Object(
	{ ...ProjectConfigResponse.properties, environment_id: Type.String() },
	{ title: 'GetModelConfigResponse' },
);

export const DeploymentsQuery = Type.Object(
	{
		...pagingFields(50),
		environment_id: Type.Optional(Type.String({ description: 'Only deployments in this environment.' })),
	},
	{ additionalProperties: false },
);

export const DeploymentById = Type.Object({ id: Type.String(), deployment_id: Type.String() });

export const DeploymentResponse = Type.Object(
	{
		id: Type.String(),
		number: Type.Integer({ description: 'Counts from 1 in each project.' }),
		environment_id: Type.String(),
		environment_name: Type.String(),
		config_id: Nullable(Type.String({ description: 'What was deployed. null: what had been deployed was removed.' })),
		replaced_config_id: Nullable(Type.String({ description: 'What was deployed before. null: nothing.' })),
		rollback_of: Nullable(Type.String({ description: 'The deployment that it took back.' })),
		actor_key_id: Nullable(
			Type.String({
				description:
					'The API key that did it. null if no stored key did, or if a log or a call brought the first config.',
			}),
		),
		actor_name: Nullable(Type.String({ description: 'The name of that key, or `PROMPTS_DIR`.' })),
		created_at: Time,
	},
	{ title: 'DeploymentResponse' },
);
export type DeploymentResponse = Static<typeof DeploymentResponse>;
