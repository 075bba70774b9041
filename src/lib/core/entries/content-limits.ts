// How contents are cut on their way from one side to the other.

export const contentLimits = {
	/** Bytes of the contents of one pack of small files, and their number. */
	packBytes: 1024 * 1024,
	packFiles: 1000,
	/** Bytes of one piece of a large file. */
	pieceBytes: 1024 * 1024,
	/** Bytes of contents on their way at once. */
	windowBytes: 8 * 1024 * 1024,
} as const
