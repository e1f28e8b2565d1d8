import type { Page } from 'playwright-core';

/** A table as screen readers have it. */
interface AccessibleTable {
	headings: string[];
	/** The cells of each row below the headings: their role, and all text in them. */
	rows: { role: string; text: string }[][];
}

/** Reads a table from the browser's accessibility tree, which CSS can change. Playwright takes roles from the elements' names. */
export async function accessibleTable(page: Page, name: string): Promise<AccessibleTable> {
	const session = await page.context().newCDPSession(page);
	const { nodes } = await session.send('Accessibility.getFullAXTree');
	await session.detach();
	type Node = (typeof nodes)[number];
	const byId = new Map(nodes.map((node) => [node.nodeId, node]));
	const roleOf = ({ ignored, role }: Node) => (ignored ? '' : String(role?.value));
	const nameOf = ({ name: of }: Node) => String(of?.value ?? '');
	const below = (node: Node): Node[] =>
		(node.childIds ?? []).flatMap((id) => {
			const child = byId.get(id);
			return child ? [child, ...below(child)] : [];
		});
	const find = (node: Node, ...roles: string[]) => below(node).filter((one) => roles.includes(roleOf(one)));

	const table = nodes.find((node) => roleOf(node) === 'table' && nameOf(node) === name);
	if (!table) return { headings: [], rows: [] };
	const toCell = (cell: Node) => ({ role: roleOf(cell), text: find(cell, 'StaticText').map(nameOf).join(' ') });
	return {
		headings: find(table, 'columnheader').map(nameOf),
		rows: find(table, 'row')
			.map((row) => find(row, 'rowheader', 'cell').map(toCell))
			.filter((cells) => cells.length > 0),
	};
}
