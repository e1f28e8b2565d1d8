/** The engine of a version of n8n, and what is different there. docs/compatibility.md has the same versions. */
export interface Engine {
	n8n: string;
	/** What that version pins (`npm view n8n@<version> dependencies`). */
	core: string;
	workflow: string;
	/** Whether a declarative node can send its tokens on while they arrive. */
	streams: boolean;
	/** Whether each run of the tests has it; the others run with `--all`. */
	isDefault?: true;
}

/** The oldest and the newest of what people run, and the two between which streaming began. */
export const engines: Engine[] = [
	{
		...{ n8n: '1.123.0', core: '1.122.0', workflow: '1.120.0' },
		...{ streams: false, isDefault: true },
	},
	{ n8n: '1.123.81', core: '1.122.48', workflow: '1.120.31', streams: false },
	{
		...{ n8n: '2.8.4', core: '2.8.1', workflow: '2.8.0' },
		...{ streams: false, isDefault: true },
	},
	{ n8n: '2.35.7', core: '2.35.5', workflow: '2.35.3', streams: false },
	{ n8n: '2.36.8', core: '2.36.6', workflow: '2.36.4', streams: false },
	{ n8n: '2.37.0', core: '2.37.0', workflow: '2.37.0', streams: true },
];
