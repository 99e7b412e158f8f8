/**
 * The table of what can be asked.
 *
 * @module
 */

import { createAlias, deleteAlias, listAliases } from './aliases.ts'
import { generateDataKey, generateDataKeyWithoutPlaintext } from './data-keys.ts'
import { decrypt, encrypt, reEncrypt } from './encrypt-decrypt.ts'
import {
  cancelKeyDeletion,
  createKey,
  describeKey,
  disableKey,
  enableKey,
  listKeys,
  replicateKey,
  scheduleKeyDeletion,
} from './manage-keys.ts'
import type { Operation } from './operation.ts'
import type { OperationName } from './operation-types.ts'
import { deriveSharedSecret, getPublicKey } from './public-keys.ts'

export const operations: { readonly [Name in OperationName]: Operation<Name> } = {
  CancelKeyDeletion: cancelKeyDeletion,
  CreateAlias: createAlias,
  CreateKey: createKey,
  Decrypt: decrypt,
  DeleteAlias: deleteAlias,
  DeriveSharedSecret: deriveSharedSecret,
  DescribeKey: describeKey,
  DisableKey: disableKey,
  EnableKey: enableKey,
  Encrypt: encrypt,
  GenerateDataKey: generateDataKey,
  GenerateDataKeyWithoutPlaintext: generateDataKeyWithoutPlaintext,
  GetPublicKey: getPublicKey,
  ListAliases: listAliases,
  ListKeys: listKeys,
  ReEncrypt: reEncrypt,
  ReplicateKey: replicateKey,
  ScheduleKeyDeletion: scheduleKeyDeletion,
}

export const operationNames: readonly OperationName[] = /* @__PURE__ */ Object.keys(operations) as OperationName[]
