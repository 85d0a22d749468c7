export const many = (count: number, one: string, other: string) =>
	`${new Intl.NumberFormat('en').format(count)} ${count === 1 ? one : other}`;
