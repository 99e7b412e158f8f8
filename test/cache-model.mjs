/**
 * Random requests to several caching materials managers over one cache, held against a model that a reader can follow: a
 * map from everything that a request asks for to what was got, when, and how far it was used.
 *
 * @module
 */

/**
 * @typedef {object} Verdict
 * @property {number} operations
 * @property {number} hits answered without a call
 * @property {number} foreign hits with materials that were got for another request, or in another partition
 * @property {number} stale hits with materials that were too old
 * @property {number} worn hits with a data key that had been used up
 * @property {number} needless calls although the model had what was asked for; evictions do that
 */

const maxAges = [1_000, 20_000, 500_000]
const limits = [{}, { maxMessages: 7 }, { maxBytes: 5_000 }, { maxMessages: 1 }]
const partitions = ['red', 'green', 'blue']

/**
 * @param {object} tools `cachingCmm`, `localCache`, `DataKey`, `algorithmSuite`, `contextOf`
 * @param {{ operations: number, capacity: number, seed: number }} extent
 * @returns {Promise<Verdict>}
 */
export async function runAgainstModel(tools, { operations, capacity, seed }) {
  const random = generator(seed)
  const pick = (list) => list[Math.floor(random() * list.length)]
  let time = 0
  let calls = 0
  const inner = innerCmm(tools, () => calls++)
  const cache = tools.localCache({ capacity, now: () => time })
  const managers = partitions.flatMap((partitionId) =>
    maxAges.flatMap((maxAgeMs) =>
      limits.map((limit) => {
        const cmm = tools.cachingCmm({
          cmm: inner,
          cache,
          partitionId,
          maxAgeMs,
          now: () => time,
          refresh: false,
          ...limit,
        })
        return {
          cmm,
          partitionId,
          maxAgeMs,
          maxMessages: limit.maxMessages ?? 2 ** 32,
          maxBytes: limit.maxBytes ?? 2 ** 53,
        }
      }),
    ),
  )
  const requests = someRequests(tools)
  const model = new Map()
  const verdict = { operations, hits: 0, foreign: 0, stale: 0, worn: 0, needless: 0 }

  for (let i = 0; i < operations; i++) {
    time += random() < 0.5 ? 0 : Math.floor(random() ** 4 * 3_000)
    const manager = pick(managers)
    const { name, encrypt, request } = pick(requests)
    const bytes = encrypt ? Math.floor(random() * 1_500) : 0
    const use = { messages: encrypt ? 1 : 0, bytes }
    const before = calls
    const materials = encrypt
      ? await manager.cmm.getEncryptionMaterials({ ...request, maxPlaintextLength: bytes })
      : await manager.cmm.decryptMaterials(request)
    const serial = serialOf(materials.dataKey.expose())

    const key = `${manager.partitionId} ${name}`
    const known = model.get(key)
    const age = known && time - known.putAt
    const fresh = known && age < known.maxAgeMs && age < manager.maxAgeMs
    const messages = (known?.messages ?? 0) + use.messages
    const all = (known?.bytes ?? 0) + use.bytes
    const room = known && messages <= manager.maxMessages && all <= manager.maxBytes
    if (calls === before) {
      verdict.hits++
      if (known?.serial !== serial) verdict.foreign++
      if (!fresh) verdict.stale++
      if (!room) verdict.worn++
      if (known) model.set(key, { ...known, messages, bytes: all })
    } else {
      if (fresh && room) verdict.needless++
      model.delete(key)
      if (use.messages < manager.maxMessages) {
        model.set(key, { serial, putAt: time, maxAgeMs: manager.maxAgeMs, ...use })
      }
    }
  }
  return verdict
}

/** Gives each call a data key that tells which call it was; decryption tells its message as well. */
function innerCmm({ DataKey }, onCall) {
  let serial = 0
  const dataKeyOf = (suite) => {
    onCall()
    const bytes = new Uint8Array(suite.keyLength)
    new DataView(bytes.buffer).setUint32(0, ++serial)
    return new DataKey(bytes)
  }
  const encryptedDataKeys = [{ providerId: 'model', providerInfo: new Uint8Array(1), ciphertext: new Uint8Array(1) }]
  const none = new Set()
  return {
    getEncryptionMaterials: async ({ suite, encryptionContext, requiredContextKeys = none }) => ({
      suite,
      encryptionContext,
      requiredContextKeys,
      encryptedDataKeys,
      dataKey: dataKeyOf(suite),
    }),
    decryptMaterials: async ({ suite, encryptionContext }) => ({
      suite,
      encryptionContext,
      requiredContextKeys: none,
      dataKey: dataKeyOf(suite),
    }),
  }
}

/** Requests that differ in one thing at least. */
function someRequests({ algorithmSuite, contextOf }) {
  const strict = 'require-encrypt-require-decrypt'
  const allowing = 'require-encrypt-allow-decrypt'
  const forbidding = 'forbid-encrypt-allow-decrypt'
  const contexts = ['', 'a', 'b'].map((tenant) => contextOf(tenant === '' ? [] : [['tenant', tenant]]))
  const encryptions = [
    [strict, 0x0478],
    [allowing, 0x0478],
    [forbidding, 0x0178],
    [forbidding, 0x0114],
  ]
  const decryptions = [
    [strict, 0x0478],
    [allowing, 0x0478],
    [allowing, 0x0178],
    [forbidding, 0x0178],
  ]
  const edk = (info) => ({ providerId: 'model', providerInfo: Uint8Array.of(info), ciphertext: Uint8Array.of(1) })
  const keyLists = [[edk(1)], [edk(2)], [edk(1), edk(2)]]
  return contexts.flatMap((encryptionContext, c) => [
    ...encryptions.map(([commitmentPolicy, id]) => ({
      name: `encrypt ${commitmentPolicy} ${id} context ${c}`,
      encrypt: true,
      request: { commitmentPolicy, suite: algorithmSuite(id), encryptionContext },
    })),
    ...decryptions.flatMap(([commitmentPolicy, id]) =>
      keyLists.map((encryptedDataKeys, k) => ({
        name: `decrypt ${commitmentPolicy} ${id} context ${c} keys ${k}`,
        encrypt: false,
        request: { commitmentPolicy, suite: algorithmSuite(id), encryptionContext, encryptedDataKeys },
      })),
    ),
  ])
}

function serialOf(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
}

/** Numbers from 0 to 1 that are the same for each seed (xorshift, 32 bits). */
function generator(seed) {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
