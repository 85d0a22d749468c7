// Clicks by weekday and hour of the person's time zone.

export interface WeekHours {
	/** 7 rows from Monday, of 24 hours each. */
	rows: number[][];
	most: number;
}

export function byHourOfWeek(series: readonly { start: string; clicks: number }[]): WeekHours {
	const rows = Array.from({ length: 7 }, () => Array<number>(24).fill(0));
	for (const { start, clicks } of series) {
		const at = new Date(start);
		const row = rows[(at.getDay() + 6) % 7];
		if (row) row[at.getHours()] = (row[at.getHours()] ?? 0) + clicks;
	}
	return { rows, most: Math.max(1, ...rows.flat()) };
}
