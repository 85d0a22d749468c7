// A problem in a sentence for people.
import type { ApiProblem } from '#lib/api/problem.ts';
import { t } from '#lib/i18n/index.ts';

export function explain(problem: ApiProblem): string {
	if (problem.isOffline) return t.problems.offline;
	if (problem.status === 429) return t.problems.tooMany(problem.retryAfterSeconds ?? 60);
	const known = t.problems.codes[problem.code];
	if (known) return known;
	const [first] = problem.fields;
	if (first) return `${problem.title}: ${first[1]}.`;
	return problem.message || problem.title || t.problems.unknown(problem.status);
}
