// Whether the API answers. What a page shows stays while it does not.

let isLost = $state(false);

export const connection = {
	get isLost() {
		return isLost;
	},
	lost() {
		isLost = true;
	},
	restored() {
		isLost = false;
	}
};
