// How a file says that FileSync wrote it. Pure.

/** Stands in one of the first three lines, as a comment: what a file must begin with differs. */
export const marker = 'Written by filesync service install'

/** True for the text of a file that FileSync wrote, whatever was changed in it since. */
export const isMarked = (text: string): boolean => text.split('\n', 3).some((line) => line.includes(marker))
