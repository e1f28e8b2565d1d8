/** The parameters that are numbers, and what providers take. */
export const numberParameters = {
	temperature: { label: 'Temperature', min: 0, max: 2, step: 0.1 },
	// -1 is what the API calls no limit.
	max_tokens: { label: 'Longest answer, in tokens', min: 1, step: 1, none: -1 },
	top_p: { label: 'Top p', min: 0, max: 1, step: 0.05 },
	presence_penalty: { label: 'Presence penalty', min: -2, max: 2, step: 0.1 },
	frequency_penalty: { label: 'Frequency penalty', min: -2, max: 2, step: 0.1 },
	seed: { label: 'Seed', step: 1 },
} as const;
