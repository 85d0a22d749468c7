// A change that a form or a confirmation asks for: busy while it runs, with its problem when it fails.
import { ApiProblem } from '#lib/api/problem.ts';

export class Submission {
	isBusy = $state(false);
	problem = $state.raw<ApiProblem>();

	/** Whether it worked. */
	async run(change: () => Promise<void>): Promise<boolean> {
		this.isBusy = true;
		this.problem = undefined;
		try {
			await change();
			return true;
		} catch (error) {
			if (!(error instanceof ApiProblem)) throw error;
			this.problem = error;
			return false;
		} finally {
			this.isBusy = false;
		}
	}

	fieldError(field: string): string | undefined {
		return this.problem?.fields.get(field);
	}

	/** The problem, unless it already stands at a field. */
	get general(): ApiProblem | undefined {
		return this.problem && this.problem.fields.size === 0 ? this.problem : undefined;
	}
}
