// Sends again what the API could not take just now.
import { ApiProblem } from './problem.ts';

export interface Patience {
	signal: AbortSignal;
	/** Told before each wait, and with undefined after it. */
	onwait?: ((seconds: number | undefined) => void) | undefined;
	wait?: (seconds: number, signal: AbortSignal) => Promise<void>;
	/** How often to send again, in a row, what was not answered; 0 where it might be done twice, or a person waits. */
	mostFailures?: number;
}

const MOST_FAILURES = 4;
const LONGEST_WAIT_SECONDS = 60;

/** Waits as long as the API asks for where the key's limit is reached, and a little where there was no answer. */
export async function patiently<T>(send: () => Promise<T>, patience: Patience): Promise<T> {
	const { signal, onwait, wait = sleep, mostFailures = MOST_FAILURES } = patience;
	let failures = 0;
	for (;;) {
		try {
			return await send();
		} catch (error) {
			const isLeft = failures < mostFailures;
			const seconds = error instanceof ApiProblem ? secondsToWait(error, failures, isLeft) : undefined;
			if (seconds === undefined || signal.aborted) throw error;
			if (!(error instanceof ApiProblem) || error.status !== 429) failures += 1;
			onwait?.(seconds);
			await wait(seconds, signal);
			onwait?.(undefined);
		}
	}
}

/** Undefined where it is no use to try again. */
function secondsToWait(problem: ApiProblem, failures: number, isLeft: boolean): number | undefined {
	if (problem.status === 429) return Math.min(problem.retryAfterSeconds ?? 5, LONGEST_WAIT_SECONDS);
	const isPassing = problem.isOffline || problem.status >= 500;
	return isPassing && isLeft ? (problem.retryAfterSeconds ?? 2 ** failures) : undefined;
}

function sleep(seconds: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve, reject) => {
		const abort = () => {
			clearTimeout(timer);
			reject(new DOMException('left', 'AbortError'));
		};
		const timer = setTimeout(() => {
			signal.removeEventListener('abort', abort);
			resolve();
		}, seconds * 1_000);
		signal.addEventListener('abort', abort, { once: true });
	});
}
