// Clicks by weekday and hour, as the API groups them: `1-09` is Monday at nine.

export interface WeekHours {
	/** 7 rows from Monday, of 24 hours each. */
	rows: number[][];
	most: number;
}

export function byHourOfWeek(groups: readonly { value: string; clicks: number }[]): WeekHours {
	const rows = Array.from({ length: 7 }, () => Array<number>(24).fill(0));
	for (const { value, clicks } of groups) {
		const [day, hour] = value.split('-').map(Number);
		const row = rows[(day ?? 0) - 1];
		if (row && hour !== undefined && hour in row) row[hour] = clicks;
	}
	return { rows, most: Math.max(1, ...rows.flat()) };
}
