// The marker of files that FileSync wrote. Pure.

/** A comment in one of the first three lines: some formats need something else in the first one. */
export const marker = 'Written by filesync service install'

/** True for the text of a file that FileSync wrote, also if it was edited since. */
export const isMarked = (text: string): boolean => text.split('\n', 3).some((line) => line.includes(marker))
