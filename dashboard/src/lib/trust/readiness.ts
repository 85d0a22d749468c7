// Whether links can be created and followed, by the Worker's own probe.

export interface Readiness {
	checks: { name: string; isOk: boolean }[];
	millis: number;
}

export async function readReadiness(signal: AbortSignal): Promise<Readiness> {
	const begun = performance.now();
	const response = await fetch('/readyz', { signal, cache: 'no-store' }).catch(() => undefined);
	const body: unknown = await response?.json().catch(() => undefined);
	const millis = Math.round(performance.now() - begun);
	const checks = checksOf(body).map(([name, result]) => ({ name, isOk: result === 'ok' }));
	return { checks: [{ name: 'edge', isOk: response !== undefined }, ...checks], millis };
}

function checksOf(body: unknown): [string, unknown][] {
	if (typeof body !== 'object' || body === null || !('checks' in body)) return [];
	const { checks } = body;
	return typeof checks === 'object' && checks !== null ? Object.entries(checks) : [];
}
