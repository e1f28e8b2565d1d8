import { useSyncExternalStore } from 'react';

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const absolute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });
const date = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });
const minutes: Intl.DateTimeFormatOptions = {
	...{ month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
};
const dayAndTime = new Intl.DateTimeFormat('en', minutes);
const yearDayAndTime = new Intl.DateTimeFormat('en', { ...minutes, year: 'numeric' });

const units = [
	['minute', 60],
	['hour', 3_600],
	['day', 86_400],
] as const;

/** `just now`, `5 min. ago`, `yesterday`; a date if it is more than two weeks ago or ahead. */
export function relativeTime(at: Date, now: number): string {
	const seconds = (at.getTime() - now) / 1000;
	const distance = Math.abs(seconds);
	if (distance > 14 * 86_400) return date.format(at);
	const unit = units.findLast(([, size]) => distance >= size);
	return unit ? relative.format(Math.trunc(seconds / unit[1]), unit[0]) : 'just now';
}

const listeners = new Set<() => void>();
let now = Date.now();
let timer: number | undefined;

/** All times of the page share one clock, which ticks every half a minute. */
function subscribe(listener: () => void): () => void {
	listeners.add(listener);
	if (timer === undefined) {
		// It stood still while the page showed no time.
		now = Date.now();
		timer = window.setInterval(() => {
			now = Date.now();
			for (const each of listeners) each();
		}, 30_000);
	}
	return () => {
		listeners.delete(listener);
		if (listeners.size > 0) return;
		window.clearInterval(timer);
		timer = undefined;
	};
}

/** `Nov 29, 16:52`, with the year if it is another one than that of `now`. */
function preciseTime(at: Date, now: number): string {
	const isThisYear = at.getFullYear() === new Date(now).getFullYear();
	return (isThisYear ? dayAndTime : yearDayAndTime).format(at);
}

/**
 * When something was, as people say it. The exact time, in the browser's zone, is in the title. With `isPrecise`, what is older
 * than a day has its time of the day, as in `Nov 29, 16:52`.
 */
export function Time({ at, isPrecise = false }: { at: string; isPrecise?: boolean }) {
	const current = useSyncExternalStore(subscribe, () => now);
	const time = new Date(at);
	return (
		<time dateTime={at} title={absolute.format(time)} style={{ whiteSpace: 'nowrap' }}>
			{isPrecise && current - time.getTime() > 86_400_000
				? preciseTime(time, current)
				: relativeTime(time, Math.max(current, time.getTime() > current + 60_000 ? current : time.getTime()))}
		</time>
	);
}

/** The exact time, in the browser's zone. */
export function ExactTime({ at }: { at: string }) {
	return <time dateTime={at}>{absolute.format(new Date(at))}</time>;
}
