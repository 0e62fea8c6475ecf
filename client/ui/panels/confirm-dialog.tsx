import type { ReactNode } from 'react'
import { Button, Group, Modal } from '@mantine/core'

interface ConfirmDialogProps {
  readonly opened: boolean
  readonly title: string
  /** What will happen, and whether it can be undone. */
  readonly children: ReactNode
  /** What the button does, as a verb: "Stop 3 simulations". */
  readonly action: string
  /** It is being done: it cannot be called off any more, and its end closes the dialog. */
  readonly busy?: boolean
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Asks before something that cannot be taken back. The focus begins on the way out. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { opened, title, children, action, busy = false, onConfirm, onClose } = props
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      size="sm"
      closeOnEscape={!busy}
      closeOnClickOutside={!busy}
      closeButtonProps={{ 'aria-label': 'Close', disabled: busy }}
    >
      {children}
      <Group justify="flex-end" gap="sm" mt="lg">
        <Button variant="default" onClick={onClose} disabled={busy} data-autofocus>
          Cancel
        </Button>
        <Button onClick={onConfirm} loading={busy}>
          {action}
        </Button>
      </Group>
    </Modal>
  )
}
