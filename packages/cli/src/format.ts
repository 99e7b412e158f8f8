/**
 * Numbers as people read them.
 *
 * @module
 */

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** `512 bytes`, `64.0 MiB`. */
export function formatBytes(count: number): string {
  let value = count
  let unit = 0
  // 1023.95 would be rounded to 1024.0
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  if (unit > 0) return `${value.toFixed(1)} ${units[unit]}`
  return count === 1 ? '1 byte' : `${count} bytes`
}

/** `512 bytes`, `64.0 MiB, 212.0 MiB/s`: what went through, and how fast. */
export function formatTransfer(bytes: number, ms: number): string {
  // Of short runs the rate says nothing, and of small files how fast AWS answers.
  return ms < 200 || bytes < 1024 * 1024
    ? formatBytes(bytes)
    : `${formatBytes(bytes)}, ${formatBytes(Math.round((bytes / ms) * 1000))}/s`
}

/** `4096`, `1,048,576`: whole numbers with their thousands apart. */
export function formatCount(count: number): string {
  return count.toString().replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `0:07`, `1:02:03`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const parts = [Math.floor(whole / 60) % 60, whole % 60]
  const hours = Math.floor(whole / 3600)
  const [minutes, rest] = parts as [number, number]
  const padded = rest.toString().padStart(2, '0')
  return hours === 0 ? `${minutes}:${padded}` : `${hours}:${minutes.toString().padStart(2, '0')}:${padded}`
}

/** `1 file`, `3 files`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}
