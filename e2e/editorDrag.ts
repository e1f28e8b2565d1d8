import type { Page } from 'playwright-core';

/** Drags a field of the incoming item onto the input of the same name. */
export async function dragField(page: Page, name: string): Promise<void> {
	const field = page
		.locator('[data-test-id="run-data-schema-item"]')
		.filter({ hasText: new RegExp(`^\\W*${name}`) })
		.first()
		.locator('[data-target="mappable"]')
		.first();
	const input = page.locator(`[data-test-id="parameter-input-${name}"]`);
	await input.scrollIntoViewIfNeeded();
	await field.hover();
	await page.mouse.down();
	const box = (await input.boundingBox())!;
	await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 8 });
	// n8n moves what is dragged with the next frame, and takes no drop before.
	await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
	await page.mouse.up();
	await page.locator(`[data-test-id="parameter-input-${name}"]`).getByText(`$json.${name}`).first().waitFor();
}
