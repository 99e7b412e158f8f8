/** Use all values, so many at a time. */
export async function pooled(width, values, use) {
  const rest = values[Symbol.iterator]()
  const line = async () => {
    for (const value of rest) await use(value)
  }
  await Promise.all(Array.from({ length: width }, line))
}
