import { deepStrictEqual as equal } from 'node:assert'
import { agentFrom, deviceNamed } from './page/device-name.mjs'
import { timeAgo } from './page/relative-time.mjs'
import { check } from './smoke-checks.mjs'

/** Checks the descriptions of devices and times. */
export async function checkWords() {
  await check('a browser and its system are described in words, for any User-Agent', devicesInWords)
  await check('a time is shown in the largest unit that fits', timesInWords)
}

function devicesInWords() {
  const webKit = 'AppleWebKit/537.36 (KHTML, like Gecko)'
  const words = {
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webKit} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0`]:
      'Microsoft Edge on Windows, desktop',
    [`Mozilla/5.0 (Linux; Android 10; K) ${webKit} Chrome/141.0.0.0 Mobile Safari/537.36`]: 'Chrome on Android, mobile',
    'Mozilla/5.0 (iPad; CPU OS 16_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.1 Mobile/15E148 Safari/604.1':
      'Safari on iPad, tablet',
    'curl/8.5.0': 'curl, unknown',
    node: 'node, unknown',
    '': 'Unknown browser, unknown',
    '<script>/1': 'Unknown browser, unknown',
  }
  for (const [agent, expected] of Object.entries(words)) {
    const { name, kind } = deviceNamed(agent)
    equal(`${name}, ${kind}`, expected)
  }
  equal(agentFrom({}), '')
  equal(agentFrom({ 'user-agent': 'x'.repeat(9_999) }).length, 512)
}

function timesInWords() {
  const [second, day] = [1_000, 86_400_000]
  const words = [
    [-5 * second, 'just now'],
    [59 * second, 'just now'],
    [60 * second, '1 minute ago'],
    [3_599 * second, '59 minutes ago'],
    [day - 1, '23 hours ago'],
    [day, '1 day ago'],
    [13 * day, '1 week ago'],
    [45 * day, '1 month ago'],
    [800 * day, '2 years ago'],
  ]
  const now = Date.now()
  for (const [ago, expected] of words) equal(timeAgo(new Date(now - ago), now), expected)
}
