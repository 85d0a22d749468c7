/** Offers the text as a file. */
export function downloadText(name: string, type: string, text: string): void {
	download(name, new Blob([text], { type }));
}

export function download(name: string, content: Blob): void {
	const link = document.createElement('a');
	link.href = URL.createObjectURL(content);
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
