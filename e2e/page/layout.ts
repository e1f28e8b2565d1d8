import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

import { check } from '../check.ts';
import { accessibleTable } from './accessibleTable.ts';
import { assertTablesFit, visit, type PageEnvironment } from './harness.ts';

/** The headings that a narrow screen shows above the cells of the last row. */
function headingsOf(page: Page, table: string): Promise<string[]> {
	return page.evaluate<
		string[]
	>(`[...document.querySelectorAll('table[aria-label="${table}"] tbody tr:last-child td')].map(
		(cell) => /^"(.*)" \\/ ""$/.exec(getComputedStyle(cell, '::before').content)?.[1])`);
}

/** Tables and charts on a phone. */
async function checkNarrow(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	await api.post('/keys', {
		name: 'the key of a phone',
		role: 'run',
		requests_per_minute: 600,
		expires_at: '2999-01-31',
	});

	const tables = [
		{
			...{ path: '/settings', name: 'API keys', last: /^Rotate…/ },
			columns: ['Name', 'Role', 'State', 'Last used', 'Rate limit', 'Created', 'Change'],
		},
		{
			...{ path: '/projects', name: 'Projects', last: /\d m?s$/ },
			columns: ['Project', 'Deployed', 'Calls, 7 days', 'Cost', 'Failed', 'Median time'],
		},
		{
			...{ path: '/usage', name: 'Usage by Model', last: /^\$\d/ },
			columns: ['Model', 'Calls', 'Failed', 'Prompt tokens', 'Output tokens', 'Median time', 'Cost'],
		},
	];
	for (const { path, name, last, columns } of tables) {
		await check(`page: at 360 px, the table ${name} has all of its columns, each with its heading`, async () => {
			await visit(environment, { path, width: 360 }, async (page) => {
				const cells = page.getByRole('table', { name }).locator('td:last-child');
				await cells.filter({ hasText: last }).first().waitFor();
				// Buttons say themselves what they do.
				const shown = columns.slice(1).map((column) => (column === 'Change' ? '' : column));
				assert.deepEqual(await headingsOf(page, name), shown);
				await assertTablesFit(page);

				// Screen readers still have a table, and read each heading once.
				const { headings, rows } = await accessibleTable(page, name);
				assert.deepEqual(headings, columns);
				const roles = rows.map((row) => row.map(({ role }) => role).join(' '));
				assert.ok(roles.includes(`rowheader${' cell'.repeat(columns.length - 1)}`), roles.join('\n'));
				const repeated = rows.flatMap((row) => row.filter(({ text }, index) => text.startsWith(columns[index]!)));
				assert.deepEqual(repeated, [], 'cells that begin with their heading');
			});
		});
	}

	await check('page: at 360 px, the chart of usage leaves room, and nothing moves when a day is touched', async () => {
		await visit(environment, { path: '/usage?show=calls&by=version&days=7', width: 360 }, async (page) => {
			const chart = page.getByRole('img', { name: /^Calls by day/ });
			await chart.locator('canvas').waitFor();
			const [{ x, y, width, height }] = [(await chart.boundingBox())!];
			assert.ok(height <= 200, `the chart is ${height} px high`);
			assert.ok(width >= 320, `the chart is ${width} px wide`);
			const top = async () => (await page.getByRole('table', { name: 'Usage by Version' }).boundingBox())!.y;
			const before = await top();
			// The first day has no calls, so its text is the shortest.
			await page.mouse.move(x + 60, y + height / 2);
			await page.getByText(/^[A-Z][a-z]+ \d+, \d{4}: 0$/).waitFor();
			assert.equal(await top(), before);
		});
	});
}

/** How tables, charts and lines of text fill the screen. */
export async function checkLayout(environment: PageEnvironment): Promise<void> {
	const { api, data } = environment;
	await checkNarrow(environment);

	await check('page: no line of a log begins or ends with a separator', async () => {
		const { data: log } = await api.post<{ project_id: string }>('/logs', {
			...{ project: 'separators', config: { model: 'mock-1' }, output: 'c' },
			inputs: { first: '', second: 'only this', third: ' ' },
		});
		await visit(environment, { path: `/logs?project=${log.project_id}` }, async (page) => {
			await page.getByRole('link', { name: 'only this', exact: true }).waitFor();
		});
		await visit(environment, { path: `/sessions/${data.session}`, width: 360 }, async (page) => {
			const chosen = page.getByRole('region', { name: 'The chosen log' });
			await chosen.getByText('planned').waitFor();
			assert.doesNotMatch(await chosen.innerText(), /·/);
		});
	});

	await check('page: a field with suggestions looks like any other field', async () => {
		const { id, versions } = data.answers;
		await visit(environment, { path: `/projects/${id}/versions/${versions[0]!.id}` }, async (page) => {
			const field = page.locator('input[list]').first();
			await field.hover();
			const withSuggestions = await field.screenshot();
			await page.evaluate("document.querySelector('input[list]').removeAttribute('list')");
			const without = await page.getByRole('textbox', { name: 'Model', exact: true }).screenshot();
			assert.ok(withSuggestions.equals(without), 'the two pictures');
		});
	});
}
