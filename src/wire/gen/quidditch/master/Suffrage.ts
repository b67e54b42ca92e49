// Original file: proto/admin.proto

export const Suffrage = {
  SUFFRAGE_UNSPECIFIED: 'SUFFRAGE_UNSPECIFIED',
  SUFFRAGE_VOTER: 'SUFFRAGE_VOTER',
  SUFFRAGE_LEARNER: 'SUFFRAGE_LEARNER',
} as const;

export type Suffrage =
  | 'SUFFRAGE_UNSPECIFIED'
  | 0
  | 'SUFFRAGE_VOTER'
  | 1
  | 'SUFFRAGE_LEARNER'
  | 2

export type Suffrage__Output = typeof Suffrage[keyof typeof Suffrage]
