export const many = (count: number, one: string, other: string) =>
	`${new Intl.NumberFormat('de').format(count)} ${count === 1 ? one : other}`;
