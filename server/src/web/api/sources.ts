/** The sources of the logs that the page makes, so that they can be told from those of other programs. */
export const sources = {
	/** *Try it* beside the editor. */
	editor: 'editor',
	/** *Run both* of Compare. */
	compare: 'compare',
} as const;

/** Which of these sources a log has, if any. */
export const pageSource = (source: string | null) => Object.values(sources).find((one) => one === source);
