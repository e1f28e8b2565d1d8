import { createParser, type EventSourceMessage } from 'eventsource-parser';

/**
 * The server-sent events of a body, as they arrive. A character can be split over two parts. A reader that
 * stops earlier closes the body.
 */
export async function* readEvents(parts: AsyncIterable<Uint8Array>): AsyncGenerator<EventSourceMessage> {
	const decoder = new TextDecoder();
	let events: EventSourceMessage[] = [];
	const parser = createParser({ onEvent: (event) => void events.push(event) });
	for await (const part of parts) {
		parser.feed(decoder.decode(part, { stream: true }));
		const arrived = events;
		events = [];
		for (const event of arrived) yield event;
	}
	// Some hosts leave out the empty line after their last event.
	parser.feed(`${decoder.decode()}\n\n`);
	for (const event of events) yield event;
}
