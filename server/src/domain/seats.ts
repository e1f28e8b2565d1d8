/** A call's seat among those in flight. */
export type Seat = {
	/** Holds the seat, if it is not held already; false when all are taken. */
	take(): boolean;
	free(): void;
};

/** A set number of seats. Who waits for another's answer needs none. */
export type Seats = { seat(): Seat };

export function createSeats(count: number): Seats {
	let taken = 0;
	return {
		seat() {
			let isHeld = false;
			return {
				take() {
					if (isHeld) return true;
					if (taken >= count) return false;
					taken += 1;
					isHeld = true;
					return true;
				},
				free() {
					if (isHeld) taken -= 1;
					isHeld = false;
				},
			};
		},
	};
}
