import { useCallback, useState } from 'react'
import { ActionIcon, Drawer, useMantineColorScheme, type MantineColorScheme } from '@mantine/core'
import { NavLink, Outlet, useNavigate } from 'react-router'
import { API_PATH } from '../../graphql/client.ts'
import { useMinute } from '../clock.ts'
import { ConnectionBanner } from './connection-banner.tsx'
import { zoneName } from '../figures/format.ts'
import { Icon, type IconName } from '../icons.tsx'
import { destinations, type Destination } from './navigation.ts'
import { toggleZone, useZone } from '../preferences.ts'
import classes from './shell.module.css'
import { useShortcut, useShortcutList } from './shortcuts.tsx'

const NEXT_SCHEME: Readonly<Record<MantineColorScheme, MantineColorScheme>> = {
  auto: 'light',
  light: 'dark',
  dark: 'auto',
}
const SCHEMES: Readonly<Record<MantineColorScheme, readonly [IconName, string]>> = {
  auto: ['system', 'System theme'],
  light: ['sun', 'Light theme'],
  dark: ['moon', 'Dark theme'],
}

function GoTo({ destination: { keys, label, path } }: { readonly destination: Destination }) {
  const navigate = useNavigate()
  useShortcut(
    keys,
    label,
    useCallback(() => void navigate(path), [navigate, path]),
  )
  return null
}

/** The zone in which times are shown, in sight also where the settings are folded away. */
function ZoneToggle({ className }: { readonly className: string | undefined }) {
  const [zone] = useZone()
  const now = useMinute()
  const other = zone === 'utc' ? 'your zone' : 'UTC'
  return (
    <button type="button" className={className} onClick={toggleZone} title={`Show times in ${other}`}>
      <Icon name="clock" /> {zoneName(zone, now)}
      <span className="unseen"> times; show {other}</span>
    </button>
  )
}

/** Theme, zone and keys. */
function Settings() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const openList = useShortcutList()
  const toggleScheme = useCallback(() => setColorScheme(NEXT_SCHEME[colorScheme]), [colorScheme, setColorScheme])
  useShortcut('t', 'Theme: light, dark, as the system', toggleScheme)
  useShortcut('u', 'Times: your zone, UTC', toggleZone)
  const [icon, scheme] = SCHEMES[colorScheme]
  return (
    <div className={classes.settings}>
      <a className={classes.entry} href={API_PATH} target="_blank" rel="noreferrer">
        <Icon name="playground" /> API playground
      </a>
      <button type="button" className={classes.entry} onClick={toggleScheme}>
        <Icon name={icon} /> {scheme}
        <span className="unseen">; change the theme</span>
      </button>
      <ZoneToggle className={classes.entry} />
      <button type="button" className={classes.entry} onClick={openList}>
        <Icon name="keyboard" /> Keys
      </button>
    </div>
  )
}

function Name() {
  return (
    <NavLink to="/" className={classes.name} end>
      <img src="/icon.svg" alt="" width={20} height={20} /> AW-Trade
    </NavLink>
  )
}

function Navigation() {
  return (
    <>
      <ul className={classes.entries}>
        {destinations.map(({ path, label, icon }) => (
          <li key={path}>
            <NavLink to={path} className={classes.entry} end={path === '/'}>
              <Icon name={icon} /> {label}
            </NavLink>
          </li>
        ))}
      </ul>
      <Settings />
      <p className={classes.notice}>Simulates only. No real order is ever sent.</p>
    </>
  )
}

/** What stands around every page: the navigation, the state of the connection, and a way past both for the keyboard. */
export function Shell() {
  const [opened, setOpened] = useState(false)
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#main">
        Skip to the page
      </a>
      {destinations.map((destination) => (
        <GoTo key={destination.path} destination={destination} />
      ))}
      <nav className={classes.rail} aria-label="Pages">
        <Name />
        <Navigation />
      </nav>
      <header className={classes.top}>
        <Name />
        <ZoneToggle className={classes.zone} />
        <ActionIcon size="lg" aria-label="Menu" aria-expanded={opened} onClick={() => setOpened(true)}>
          <Icon name="menu" size={20} />
        </ActionIcon>
      </header>
      <Drawer
        opened={opened}
        onClose={() => setOpened(false)}
        position="right"
        size="16rem"
        title="Pages"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <nav aria-label="Pages" onClick={() => setOpened(false)}>
          <Navigation />
        </nav>
      </Drawer>
      <div className={classes.body}>
        <ConnectionBanner />
        <main id="main" tabIndex={-1} className={classes.main}>
          <Outlet />
        </main>
      </div>
    </div>
  )
}
