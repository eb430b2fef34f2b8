import { Button, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";

interface RowMenuProps {
  /** Whose or which it is. */
  readonly of: string;
  readonly actions: readonly { readonly says: string; readonly run: () => void }[];
}

/** What can be done about one row. */
export function RowMenu({ of, actions }: RowMenuProps) {
  if (actions.length === 0) return <span />;
  return (
    <MenuTrigger>
      <Button className="desk-button desk-button-small" aria-label={`Actions on ${of}`}>
        Actions
      </Button>
      <Popover className="desk-menu" placement="bottom end">
        <Menu aria-label={`Actions on ${of}`}>
          {actions.map(({ says, run }) => (
            <MenuItem key={says} className="desk-menu-item" onAction={run}>
              {says}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
