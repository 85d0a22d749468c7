// An answer of the API that follows what it depends on. While a new one is on its way, or fails, the last one stays.
import { ApiProblem } from '#lib/api/problem.ts';

export interface Resource<T> {
	readonly data: T | undefined;
	readonly problem: ApiProblem | undefined;
	readonly isLoading: boolean;
	/** When the data arrived. */
	readonly loadedAt: number | undefined;
	reload(): void;
	/** Replaces the data, for example after a change that the answer confirmed. */
	set(data: T): void;
}

/** `load` runs again whenever state that it reads before its first `await` changes. */
export function resource<T>(load: (signal: AbortSignal) => Promise<T> | undefined): Resource<T> {
	let data = $state.raw<T>();
	let problem = $state.raw<ApiProblem>();
	let isLoading = $state(true);
	let loadedAt = $state<number>();
	let version = $state(0);

	$effect(() => {
		void version;
		const controller = new AbortController();
		const request = load(controller.signal);
		if (!request) {
			isLoading = false;
			return;
		}
		isLoading = true;
		request
			.then((loaded) => {
				if (controller.signal.aborted) return;
				data = loaded;
				problem = undefined;
				loadedAt = Date.now();
			})
			.catch((error: unknown) => {
				if (controller.signal.aborted) return;
				if (!(error instanceof ApiProblem)) throw error;
				problem = error;
			})
			.finally(() => {
				if (!controller.signal.aborted) isLoading = false;
			});
		return () => controller.abort();
	});

	return {
		get data() {
			return data;
		},
		get problem() {
			return problem;
		},
		get isLoading() {
			return isLoading;
		},
		get loadedAt() {
			return loadedAt;
		},
		reload() {
			version += 1;
		},
		set(replacement: T) {
			data = replacement;
		}
	};
}
