// How many deletions are too many: the brake of the contract, pure.

/** Up to this many deletions are never held, whatever share they are. */
export const alwaysAllowedDeletions = 10

export interface DeletionCheck {
	/** Files and links that the plan would take away, not counting those that it moves. */
	readonly deletions: number
	/** Files and links that the side holds now. */
	readonly held: number
	/** The stricter of both sides' settings; 100: off. */
	readonly maxPercent: number
}

/** True when the plan must stop before it changes anything. */
export const isTooManyDeletions = ({deletions, held, maxPercent}: DeletionCheck): boolean =>
	maxPercent < 100 && deletions > alwaysAllowedDeletions && deletions * 100 > held * maxPercent
