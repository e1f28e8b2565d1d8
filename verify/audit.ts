interface AuditReport {
	vulnerabilities?: Record<string, { severity: string; range: string }>;
	/** The address that npm asked, if that failed. */
	uri?: string;
	message?: string;
}

/**
 * The packages that `npm audit --json` has findings of level high or critical for. Undefined if its registry did not
 * answer, so that there is no report.
 *
 * @throws Error if there is no report for another reason
 */
export function highFindings(output: string): string[] | undefined {
	const { vulnerabilities, uri, message } = JSON.parse(output) as AuditReport;
	if (vulnerabilities) {
		return Object.entries(vulnerabilities)
			.filter(([, { severity }]) => ['high', 'critical'].includes(severity))
			.map(([name, { severity, range }]) => `${name} ${range}: ${severity}`);
	}
	if (uri?.includes('/security/') || message?.startsWith('request to ')) return undefined;
	throw new Error(`npm audit made no report: ${output}`);
}
