/**
 * What can become of a job. An outcome without `error` has passed.
 *
 * @module
 */

export const directions = {
  read: 'ours, opened by theirs',
  write: 'theirs, opened by ours',
  refusedByTheirs: 'ours, changed, refused by theirs',
  refusedByOurs: 'theirs, changed, refused by ours',
  notForTheirs: 'ours, not for this reader, refused by theirs',
  notForOurs: 'theirs, not for this reader, refused by ours',
  branchKeys: 'branch keys, the same on both sides',
  storage: 'our branch keys in DynamoDB Local',
  objectRead: 'objects of ours, read by theirs',
  objectWritten: 'objects of theirs, read by ours',
  objectRefusedByTheirs: 'objects of ours, to be refused by theirs',
  objectRefusedByOurs: 'objects of theirs, to be refused by ours',
  rewrapped: 'objects with another data key',
  peer: 'the peer itself',
}

export const isFailure = ({ error }) => error !== undefined
export const isPass = (outcome) => !isFailure(outcome)
