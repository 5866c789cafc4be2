/** The soft shape that stands for "not asked", around (0, 0) and 17 by 22 units large: our mark, and every hidden face. */
export const SOFT_SHAPE =
  "M0-11C6.600-11 8.400-6.400 8.400 0S6.600 11 0 11-8.400 6.400-8.400 0-6.600-11 0-11Z";
