// Between the API's times in UTC and what `datetime-local` holds.

/** For `datetime-local`, in the person's zone. */
export function localTime(time: string | null | undefined): string {
	if (!time) return '';
	const date = new Date(time);
	const pad = (value: number) => String(value).padStart(2, '0');
	const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
	return `${day}T${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

export function utcTime(local: string): string | null {
	const date = new Date(local);
	return local && !Number.isNaN(date.getTime()) ? date.toISOString() : null;
}
