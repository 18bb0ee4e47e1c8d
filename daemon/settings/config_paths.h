/* Where things are when the configuration does not say: used by config.c alone. All return a
 * malloc'ed absolute path, NULL when out of memory. */
#ifndef DAEMON_SETTINGS_CONFIG_PATHS_H
#define DAEMON_SETTINGS_CONFIG_PATHS_H

/* A path as it was given, made absolute against the working directory, without slashes at its end.
 */
char *config_path_absolute(const char *path);

char *config_path_socket(const char *tenant);
char *config_path_state(const char *tenant);
char *config_path_catalogue(void);
char *config_path_credentials(const char *tenant);
char *config_path_runner(void);
char *config_path_in(const char *folder, const char *file);
/* models.json in the first of the two that has it, else in the first. */
char *config_path_models(const char *catalogue_dir, const char *system_catalogue_dir);

#endif
